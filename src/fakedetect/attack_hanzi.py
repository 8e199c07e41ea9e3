"""How sellers write Chinese characters otherwise: by sound, in traditional forms, in parts.

Three small tables of facts, written down for the attacks and for nothing else: a defence that read
the same ones would be measured by its own yardstick.

Sources: the readings are the order of GB 2312-80, whose first level (the 3,755 characters in
everyday use) goes by pinyin, so that the first character of each syllable gives the reading of all;
a character of several readings has the one that it stands under. Traditional forms are those of the
General List of Simplified Chinese Characters (1986), the commonest where there are several. Parts
are those of characters whose two parts stand side by side and are characters or radicals of their
own.
"""

from __future__ import annotations

import functools
import itertools

# Each syllable of GB 2312's first level with its first character; v is how ü is typed.
_SYLLABLES = (
    "a啊 ai埃 an鞍 ang肮 ao凹 ba芭 bai白 ban斑 bang邦 bao苞 bei杯 ben奔 beng崩 bi逼 bian鞭 "
    "biao标 bie鳖 bin彬 bing兵 bo玻 bu捕 ca擦 cai猜 can餐 cang苍 cao操 ce厕 ceng层 cha插 chai拆 "
    "chan搀 chang昌 chao超 che车 chen郴 cheng撑 chi吃 chong充 chou抽 chu初 chuai揣 chuan川 "
    "chuang疮 chui吹 chun春 chuo戳 ci疵 cong聪 cou凑 cu粗 cuan蹿 cui摧 cun村 cuo磋 da搭 dai呆 "
    "dan耽 dang当 dao刀 de德 deng蹬 di堤 dian颠 diao碉 die跌 ding丁 diu丢 dong东 dou兜 du督 "
    "duan端 dui堆 dun墩 duo掇 e蛾 en恩 er而 fa发 fan藩 fang坊 fei菲 fen芬 feng丰 fo佛 fou否 "
    "fu夫 ga噶 gai该 gan干 gang冈 gao篙 ge哥 gei给 gen根 geng耕 gong工 gou钩 gu辜 gua刮 guai乖 "
    "guan棺 guang光 gui瑰 gun辊 guo锅 ha哈 hai骸 han酣 hang夯 hao壕 he呵 hei嘿 hen痕 heng哼 "
    "hong轰 hou喉 hu呼 hua花 huai槐 huan欢 huang荒 hui灰 hun荤 huo豁 ji击 jia嘉 jian歼 jiang僵 "
    "jiao蕉 jie揭 jin巾 jing荆 jiong炯 jiu揪 ju鞠 juan捐 jue撅 jun均 ka喀 kai开 kan刊 kang康 "
    "kao考 ke坷 ken肯 keng坑 kong空 kou抠 ku枯 kua夸 kuai块 kuan宽 kuang匡 kui亏 kun坤 kuo括 "
    "la垃 lai莱 lan蓝 lang琅 lao捞 le勒 lei雷 leng棱 li厘 lia俩 lian联 liang粮 liao撩 lie列 "
    "lin琳 ling玲 liu溜 long龙 lou楼 lu芦 lv驴 luan峦 lve掠 lun抡 luo萝 ma妈 mai埋 man瞒 mang芒 "
    "mao猫 me么 mei玫 men门 meng萌 mi眯 mian棉 miao苗 mie蔑 min民 ming明 miu谬 mo摸 mou谋 mu拇 "
    "na拿 nai氖 nan南 nang囊 nao挠 ne呢 nei馁 nen嫩 neng能 ni妮 nian蔫 niang娘 niao鸟 nie捏 "
    "nin您 ning柠 niu牛 nong脓 nu奴 nv女 nuan暖 nve虐 nuo挪 o哦 ou欧 pa啪 pai拍 pan攀 pang乓 "
    "pao抛 pei呸 pen喷 peng砰 pi坯 pian篇 piao飘 pie撇 pin拼 ping乒 po坡 pu扑 qi期 qia掐 qian牵 "
    "qiang枪 qiao橇 qie切 qin钦 qing青 qiong琼 qiu秋 qu趋 quan圈 que缺 qun裙 ran然 rang瓤 rao饶 "
    "re惹 ren壬 reng扔 ri日 rong戎 rou揉 ru茹 ruan软 rui蕊 run闰 ruo若 sa撒 sai腮 san三 sang桑 "
    "sao搔 se瑟 sen森 seng僧 sha莎 shai筛 shan珊 shang墒 shao梢 she奢 shen砷 sheng声 shi师 "
    "shou收 shu蔬 shua刷 shuai摔 shuan栓 shuang霜 shui谁 shun吮 shuo说 si斯 song松 sou搜 su苏 "
    "suan酸 sui虽 sun孙 suo蓑 ta塌 tai胎 tan坍 tang汤 tao掏 te特 teng藤 ti梯 tian天 tiao挑 "
    "tie贴 ting厅 tong通 tou偷 tu凸 tuan湍 tui推 tun吞 tuo拖 wa挖 wai歪 wan豌 wang汪 wei威 "
    "wen瘟 weng嗡 wo挝 wu巫 xi昔 xia瞎 xian掀 xiang相 xiao萧 xie楔 xin薪 xing星 xiong兄 xiu休 "
    "xu墟 xuan轩 xue靴 xun勋 ya压 yan焉 yang殃 yao邀 ye椰 yi一 yin茵 ying英 yo哟 yong拥 you幽 "
    "yu迂 yuan鸳 yue曰 yun耘 za匝 zai栽 zan咱 zang赃 zao遭 ze责 zei贼 zen怎 zeng增 zha扎 zhai摘 "
    "zhan瞻 zhang樟 zhao招 zhe遮 zhen珍 zheng蒸 zhi芝 zhong中 zhou舟 zhu珠 zhua抓 zhuai拽 "
    "zhuan专 zhuang桩 zhui椎 zhun谆 zhuo捉 zi兹 zong鬃 zou邹 zu租 zuan钻 zui嘴 zun尊 zuo昨"
)
# A simplified character and its traditional form, in turns.
_TRADITIONAL = (
    "皑皚蔼藹碍礙爱愛肮骯袄襖奥奧坝壩罢罷摆擺败敗颁頒办辦绊絆帮幫绑綁镑鎊谤謗剥剝饱飽宝寶报報鲍鮑"
    "辈輩贝貝钡鋇狈狽备備惫憊绷繃笔筆毕畢毙斃币幣闭閉辟闢边邊编編贬貶变變辩辯辫辮标標鳖鱉别別瘪癟"
    "濒瀕滨濱宾賓摈擯饼餅并並拨撥钵鉢铂鉑驳駁补補财財采採参參蚕蠶残殘惭慚惨慘灿燦苍蒼舱艙仓倉沧滄"
    "厕廁侧側册冊测測层層诧詫搀攙掺摻蝉蟬馋饞谗讒缠纏铲鏟产產阐闡颤顫场場尝嘗长長偿償肠腸厂廠畅暢"
    "钞鈔车車彻徹尘塵陈陳衬襯撑撐称稱惩懲诚誠骋騁吃喫痴癡迟遲驰馳耻恥齿齒炽熾冲衝虫蟲宠寵畴疇踌躊"
    "筹籌绸綢丑醜橱櫥厨廚锄鋤雏雛础礎储儲触觸处處传傳疮瘡床牀闯闖创創锤錘唇脣纯純绰綽辞辭词詞赐賜"
    "聪聰葱蔥囱囪从從丛叢凑湊蹿躥窜竄错錯达達带帶贷貸担擔单單郸鄲掸撣胆膽惮憚诞誕弹彈当當挡擋党黨"
    "荡蕩档檔捣搗岛島祷禱导導盗盜灯燈邓鄧敌敵涤滌递遞缔締颠顛点點垫墊电電淀澱钓釣调調谍諜叠疊钉釘"
    "顶頂锭錠订訂丢丟东東动動栋棟冻凍斗鬥犊犢独獨读讀赌賭镀鍍锻鍛断斷缎緞兑兌队隊对對吨噸顿頓钝鈍"
    "夺奪堕墮鹅鵝额額讹訛恶惡饿餓儿兒尔爾饵餌贰貳发發罚罰阀閥珐琺矾礬钒釩烦煩范範贩販饭飯访訪纺紡"
    "飞飛诽誹废廢费費纷紛坟墳奋奮愤憤粪糞丰豐枫楓峰峯锋鋒风風疯瘋冯馮缝縫讽諷凤鳳肤膚辐輻抚撫辅輔"
    "赋賦复復负負讣訃妇婦缚縛该該钙鈣盖蓋干幹赶趕秆稈赣贛冈岡刚剛钢鋼纲綱岗崗杠槓镐鎬搁擱鸽鴿阁閣"
    "铬鉻个個给給龚龔宫宮巩鞏贡貢钩鉤沟溝构構购購够夠蛊蠱顾顧雇僱剐剮挂掛关關观觀馆館惯慣贯貫广廣"
    "规規归歸龟龜闺閨轨軌诡詭柜櫃贵貴刽劊辊輥滚滾锅鍋国國过過骇駭韩韓汉漢号號阂閡鹤鶴贺賀横橫恒恆"
    "轰轟鸿鴻红紅后後壶壺护護沪滬户戶哗譁华華画畫划劃话話怀懷坏壞欢歡环環还還缓緩换換唤喚痪瘓焕煥"
    "涣渙黄黃谎謊挥揮辉輝毁毀贿賄秽穢会會烩燴汇匯讳諱诲誨绘繪荤葷浑渾伙夥获獲货貨祸禍击擊机機积積"
    "饥飢迹跡讥譏鸡雞绩績缉緝极極辑輯级級挤擠几幾蓟薊剂劑济濟计計记記际際继繼纪紀夹夾荚莢颊頰贾賈"
    "钾鉀价價驾駕歼殲监監坚堅笺箋间間艰艱缄緘茧繭检檢碱鹼硷礆拣揀捡撿简簡俭儉减減荐薦槛檻鉴鑑践踐"
    "贱賤见見键鍵舰艦剑劍饯餞渐漸溅濺涧澗将將浆漿蒋蔣桨槳奖獎讲講酱醬胶膠浇澆骄驕娇嬌搅攪铰鉸矫矯"
    "侥僥脚腳饺餃缴繳绞絞轿轎较較阶階节節杰傑洁潔结結诫誡届屆紧緊锦錦仅僅谨謹进進晋晉烬燼尽盡劲勁"
    "荆荊茎莖鲸鯨惊驚经經颈頸静靜镜鏡径徑痉痙竞競净淨纠糾厩廄旧舊驹駒举舉据據锯鋸惧懼剧劇鹃鵑绢絹"
    "觉覺决決诀訣绝絕钧鈞军軍骏駿开開凯凱颗顆壳殼课課垦墾恳懇抠摳库庫裤褲夸誇块塊侩儈宽寬矿礦旷曠"
    "况況亏虧岿巋窥窺馈饋溃潰扩擴阔闊蜡蠟腊臘莱萊来來赖賴蓝藍栏欄拦攔篮籃阑闌兰蘭澜瀾谰讕揽攬览覽"
    "懒懶缆纜烂爛滥濫捞撈劳勞涝澇乐樂镭鐳垒壘类類泪淚厘釐篱籬离離里裏鲤鯉礼禮栗慄丽麗厉厲励勵砾礫"
    "历歷沥瀝隶隸俩倆联聯莲蓮连連镰鐮怜憐涟漣帘簾敛斂脸臉链鏈恋戀炼煉练練粮糧凉涼两兩辆輛谅諒疗療"
    "辽遼镣鐐猎獵临臨邻鄰鳞鱗凛凜赁賃龄齡铃鈴灵靈岭嶺领領馏餾刘劉龙龍聋聾咙嚨笼籠垄壟拢攏陇隴楼樓"
    "娄婁搂摟篓簍芦蘆卢盧颅顱庐廬炉爐掳擄卤滷虏虜鲁魯赂賂禄祿录錄陆陸驴驢吕呂铝鋁侣侶屡屢缕縷虑慮"
    "滤濾绿綠峦巒挛攣孪孿滦灤乱亂抡掄轮輪伦倫仑侖沦淪纶綸论論萝蘿罗羅逻邏锣鑼箩籮骡騾骆駱络絡妈媽"
    "玛瑪码碼蚂螞马馬骂罵吗嗎买買麦麥卖賣迈邁脉脈瞒瞞馒饅蛮蠻满滿谩謾猫貓锚錨铆鉚贸貿么麼霉黴没沒"
    "镁鎂门門闷悶们們锰錳梦夢谜謎弥彌秘祕觅覓幂冪绵綿缅緬庙廟灭滅悯憫闽閩鸣鳴铭銘谬謬谋謀亩畝呐吶"
    "钠鈉纳納难難挠撓脑腦恼惱闹鬧馁餒内內拟擬腻膩撵攆酿釀鸟鳥聂聶啮齧镊鑷镍鎳柠檸狞獰宁寧拧擰泞濘"
    "钮鈕纽紐脓膿浓濃农農疟瘧诺諾欧歐鸥鷗殴毆呕嘔沤漚盘盤庞龐抛拋赔賠喷噴鹏鵬骗騙飘飄频頻贫貧苹蘋"
    "凭憑评評泼潑颇頗扑撲铺鋪仆僕朴樸谱譜栖棲凄悽脐臍齐齊骑騎岂豈启啓气氣弃棄讫訖牵牽钎釺铅鉛迁遷"
    "签籤谦謙钱錢钳鉗潜潛浅淺谴譴堑塹枪槍呛嗆墙牆蔷薔强強抢搶锹鍬桥橋乔喬侨僑翘翹窍竅窃竊钦欽亲親"
    "寝寢轻輕氢氫倾傾顷頃请請庆慶琼瓊穷窮趋趨区區躯軀驱驅龋齲颧顴权權劝勸却卻鹊鵲确確群羣让讓饶饒"
    "扰擾绕繞热熱韧韌认認纫紉荣榮绒絨软軟锐銳闰閏润潤洒灑萨薩鳃鰓赛賽叁叄伞傘丧喪骚騷扫掃涩澀杀殺"
    "刹剎纱紗筛篩晒曬删刪闪閃陕陝赡贍缮繕伤傷赏賞烧燒绍紹赊賒摄攝慑懾设設绅紳审審婶嬸肾腎渗滲声聲"
    "绳繩胜勝圣聖师師狮獅湿溼诗詩尸屍虱蝨时時蚀蝕实實识識驶駛势勢适適释釋饰飾视視试試寿壽兽獸枢樞"
    "输輸书書赎贖属屬术術树樹竖豎数數帅帥双雙谁誰税稅顺順说說硕碩烁爍丝絲饲飼耸聳怂慫颂頌讼訟诵誦"
    "擞擻苏蘇诉訴肃肅虽雖随隨绥綏岁歲孙孫损損笋筍缩縮琐瑣锁鎖獭獺挞撻台臺态態摊攤贪貪瘫癱滩灘坛壇"
    "谭譚谈談叹嘆汤湯烫燙涛濤绦絛讨討腾騰誊謄锑銻题題体體屉屜条條贴貼铁鐵厅廳听聽烃烴铜銅统統头頭"
    "秃禿图圖涂塗团團颓頹蜕蛻托託脱脫鸵鴕驮馱驼駝椭橢洼窪袜襪弯彎湾灣顽頑万萬网網韦韋违違围圍为爲"
    "潍濰维維苇葦伟偉伪僞纬緯谓謂卫衛温溫闻聞纹紋稳穩问問瓮甕挝撾蜗蝸涡渦窝窩卧臥呜嗚钨鎢乌烏诬誣"
    "无無芜蕪吴吳坞塢雾霧务務误誤锡錫牺犧袭襲习習铣銑戏戲细細虾蝦辖轄峡峽侠俠狭狹厦廈吓嚇锨鍁鲜鮮"
    "纤纖咸鹹贤賢衔銜闲閒显顯险險现現献獻县縣馅餡羡羨宪憲线線厢廂镶鑲乡鄉详詳响響项項萧蕭嚣囂销銷"
    "晓曉啸嘯蝎蠍协協挟挾携攜胁脅谐諧写寫泻瀉谢謝锌鋅衅釁兴興凶兇汹洶锈鏽绣繡虚虛嘘噓须須许許叙敘"
    "绪緒续續轩軒悬懸选選癣癬绚絢学學勋勳熏燻询詢寻尋驯馴训訓讯訊逊遜压壓鸦鴉鸭鴨哑啞亚亞讶訝阉閹"
    "烟煙盐鹽严嚴岩巖颜顏阎閻艳豔厌厭砚硯彦彥谚諺验驗鸯鴦杨楊扬揚疡瘍阳陽痒癢养養样樣瑶瑤摇搖尧堯"
    "遥遙窑窯谣謠药藥爷爺页頁业業叶葉医醫铱銥颐頤遗遺仪儀蚁蟻艺藝亿億忆憶义義诣詣议議谊誼译譯异異"
    "绎繹荫蔭阴陰银銀饮飲隐隱樱櫻婴嬰鹰鷹应應缨纓莹瑩萤螢营營荧熒蝇蠅赢贏颖穎哟喲拥擁佣傭痈癰咏詠"
    "涌湧优優忧憂邮郵铀鈾犹猶游遊诱誘于於舆輿余餘鱼魚渔漁娱娛与與屿嶼语語郁鬱吁籲狱獄誉譽预預驭馭"
    "鸳鴛渊淵辕轅园園员員圆圓缘緣远遠愿願约約跃躍钥鑰岳嶽粤粵悦悅阅閱云雲郧鄖匀勻陨隕运運蕴蘊酝醞"
    "晕暈韵韻杂雜灾災载載攒攢暂暫赞贊赃贓脏髒凿鑿枣棗皂皁灶竈责責择擇则則泽澤贼賊赠贈轧軋铡鍘闸閘"
    "栅柵诈詐斋齋债債毡氈盏盞斩斬辗輾崭嶄栈棧占佔战戰绽綻张張涨漲帐帳账賬胀脹赵趙蛰蟄辙轍锗鍺这這"
    "贞貞针針侦偵诊診镇鎮阵陣挣掙睁睜征徵狰猙争爭帧幀郑鄭证證织織职職执執纸紙挚摯掷擲帜幟质質滞滯"
    "钟鍾终終种種肿腫众衆诌謅轴軸皱皺昼晝骤驟猪豬诸諸诛誅烛燭瞩矚嘱囑贮貯铸鑄筑築驻駐专專砖磚转轉"
    "赚賺桩樁庄莊装裝妆妝壮壯状狀锥錐赘贅坠墜缀綴谆諄准準浊濁兹茲咨諮资資渍漬踪蹤综綜总總纵縱邹鄒"
    "诅詛组組钻鑽"
)
# A character and its two parts.
_PARTS = (
    "仿亻方 件亻牛 住亻主 作亻乍 信亻言 做亻故 价亻介 值亻直 停亻亭 保亻呆 付亻寸 代亻弋 他亻也 "
    "你亻尔 们亻门 任亻壬 优亻尤 传亻专 伴亻半 低亻氐 位亻立 像亻象 伙亻火 休亻木 供亻共 使亻吏 "
    "依亻衣 便亻更 俗亻谷 借亻昔 健亻建 偏亻扁 但亻旦 何亻可 侧亻则 偷亻俞 倍亻咅 佳亻圭 体亻本 "
    "伪亻为 清氵青 没氵殳 注氵主 海氵每 港氵巷 消氵肖 汽氵气 油氵由 法氵去 活氵舌 漂氵票 洗氵先 "
    "池氵也 江氵工 河氵可 泡氵包 温氵昷 滑氵骨 湿氵显 源氵原 测氵则 浪氵良 淘氵匋 洁氵吉 酒氵酉 "
    "汗氵干 滤氵虑 淡氵炎 漫氵曼 潜氵替 打扌丁 拍扌白 找扌戈 扣扌口 批扌比 折扌斤 抢扌仓 护扌户 "
    "抽扌由 担扌旦 拆扌斥 拉扌立 招扌召 拼扌并 持扌寺 指扌旨 按扌安 挂扌圭 换扌奂 据扌居 授扌受 "
    "排扌非 掘扌屈 接扌妾 控扌空 描扌苗 提扌是 搬扌般 摸扌莫 抄扌少 投扌殳 把扌巴 挑扌兆 推扌隹 "
    "技扌支 扮扌分 托扌乇 搓扌差 证讠正 识讠只 议讠义 认讠人 说讠兑 请讠青 话讠舌 记讠己 订讠丁 "
    "计讠十 让讠上 试讠式 诚讠成 该讠亥 详讠羊 语讠吾 谈讠炎 调讠周 评讠平 询讠旬 设讠殳 访讠方 "
    "词讠司 许讠午 课讠果 诈讠乍 论讠仑 讲讠井 谁讠隹 误讠吴 读讠卖 谢讠射 钱钅戋 错钅昔 销钅肖 "
    "钢钅冈 铜钅同 铁钅失 铝钅吕 银钅艮 针钅十 链钅连 钻钅占 镜钅竟 铺钅甫 锈钅秀 镀钅度 钟钅中 "
    "钥钅月 铭钅名 钞钅少 铃钅令 标木示 板木反 机木几 材木才 林木木 样木羊 校木交 格木各 模木莫 "
    "检木佥 柜木巨 核木亥 根木艮 极木及 村木寸 相木目 棉木帛 横木黄 杯木不 松木公 桥木乔 权木又 "
    "枪木仓 柄木丙 栏木兰 桶木甬 柏木白 橡木象 棕木宗 灯火丁 烟火因 炉火户 烧火尧 烂火兰 炮火包 "
    "吗口马 吃口乞 听口斤 味口未 吹口欠 呢口尼 哪口那 咖口加 啡口非 唯口隹 喝口曷 吧口巴 唱口昌 "
    "喷口贲 唛口麦 叭口八 好女子 她女也 如女口 妹女未 姐女且 娃女圭 奶女乃 娘女良 始女台 妈女马 "
    "姓女生 婚女昏 奴女又 时日寸 明日月 晚日免 晴日青 映日央 昨日乍 暗日音 晒日西 晰日析 肤月夫 "
    "肥月巴 脸月佥 腰月要 胖月半 腿月退 胶月交 朋月月 脚月却 现王见 球王求 理王里 玩王元 环王不 "
    "玻王皮 珠王朱 瑰王鬼 瑕王叚 码石马 确石角 砖石专 破石皮 碎石卒 硬石更 硅石圭 碗石宛 矿石广 "
    "种禾中 和禾口 私禾厶 秒禾少 科禾斗 积禾只 税禾兑 程禾呈 秋禾火 租禾且 移禾多 称禾尔 秘禾必 "
    "精米青 粉米分 粒米立 料米斗 糖米唐 约纟勺 级纟及 红纟工 纯纟屯 线纟戋 组纟且 细纟田 终纟冬 "
    "给纟合 结纟吉 绝纟色 统纟充 绒纟戎 维纟隹 编纟扁 缩纟宿 纸纟氏 纪纟己 织纟只 续纟卖 绿纟录 "
    "绍纟召 绕纟尧 视礻见 神礻申 福礻畐 补衤卜 被衤皮 袖衤由 裤衤库 裙衤君 初衤刀 衬衤寸 转车专 "
    "轮车仑 较车交 输车俞 轴车由 软车欠 饭饣反 饼饣并 馆饣官 骗马扁 验马佥 驼马它 鲜鱼羊 跟足艮 "
    "路足各 跑足包 踩足采 跳足兆 距足巨 眼目艮 睡目垂 盼目分 盯目丁 睫目疌 地土也 块土夬 城土成 "
    "坏土不 坑土亢 址土止 埃土矣 增土曾 培土咅 堆土隹 坡土皮 均土匀 张弓长 引弓丨 强弓虽 弹弓单 "
    "猫犭苗 狗犭句 猪犭者 猜犭青 独犭虫 版片反 牌片卑 购贝勾 贴贝占 账贝长 财贝才 赔贝咅 贩贝反 "
    "赚贝兼 败贝攵 贱贝戋 懂忄董 快忄夬 情忄青 惜忄昔 怕忄白 恢忄灰 惊忄京 性忄生 慢忄曼 忙忄亡 "
    "怀忄不 端立耑 鞋革圭 靴革化 酷酉告 配酉己 功工力 项工页 巧工丂 对又寸 戏又戈 观又见 欢又欠 "
    "难又隹 双又又 鸡又鸟 刻亥刂 到至刂 别另刂 刚冈刂 创仓刂 则贝刂 列歹刂 利禾刂 副畐刂 剧居刂 "
    "顶丁页 顺川页 预予页 颜彦页 颗果页 额客页 都者阝 邮由阝 部咅阝 放方攵 故古攵 数娄攵 教孝攵 "
    "效交攵 改己攵 动云力 助且力 加力口 雅牙隹 歌哥欠 欧区欠 所户斤 新亲斤 知矢口 外夕卜 的白勺 "
    "取耳又 职耳只 聊耳卯 群君羊 虾虫下"
)


@functools.cache
def _by_syllable() -> dict[str, str]:
    """Return the characters of each syllable."""
    starts = {entry[-1]: entry[:-1] for entry in _SYLLABLES.split()}
    found: dict[str, str] = {}
    syllable = ""
    # The first level fills the rows from 0xB0 on; the last of them is not full.
    for row, column in itertools.product(range(0xB0, 0xD8), range(0xA1, 0xFF)):
        char = bytes([row, column]).decode("gb2312", errors="ignore")
        if char:
            syllable = starts.get(char, syllable)
            found[syllable] = found.get(syllable, "") + char
    return found


@functools.cache
def _readings() -> dict[str, str]:
    return {char: syllable for syllable, chars in _by_syllable().items() for char in chars}


def pinyin(char: str) -> str | None:
    """Return the reading of a character without its tone; None if it is not in everyday use.

    Examples
    --------
    >>> pinyin("高"), pinyin("旅"), pinyin("a")
    ('gao', 'lv', None)
    """
    return _readings().get(char)


def homophones(char: str) -> str:
    """Return the characters that sound as one does, but for the tone.

    Examples
    --------
    >>> homophones("厂")[:4]
    '昌猖场尝'
    """
    return _by_syllable().get(_readings().get(char, ""), "").replace(char, "")


@functools.cache
def traditional_forms() -> dict[str, str]:
    """Return the traditional form of each simplified character that has another."""
    return dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True))


@functools.cache
def parts() -> dict[str, str]:
    """Return the two parts of each character that can be split.

    Examples
    --------
    >>> parts()["仿"]
    '亻方'
    """
    return {entry[0]: entry[1:] for entry in _PARTS.split()}
